"""Where the crop boxes come from: proposals that a reviewer accepts, adjusts or rejects."""

from studio.propose.detector import DETECTOR, VERSION, Proposal, propose, propose_file

__all__ = ["DETECTOR", "VERSION", "Proposal", "propose", "propose_file"]
