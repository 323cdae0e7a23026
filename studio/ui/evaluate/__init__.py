"""The Evaluate workspace: a trained run on test sets that it has not seen."""
