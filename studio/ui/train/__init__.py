"""The Train workspace: choose data and model, watch the ROC curve grow, choose a threshold."""
