"""Queues, decisions, undo and pace: everything about a review but its window."""

from studio.review.counts import ReviewCounts, count_review, weak_by_label
from studio.review.deciders import Decider, deciders, reviewers_of
from studio.review.in_play import PROPOSALS_IN_PLAY, boxes_in_play, in_play
from studio.review.keygate import KeyGate
from studio.review.pace import Pace
from studio.review.position import ReviewPosition, load_position, save_position
from studio.review.queue import Filter, Order, box_queue, image_queue
from studio.review.reviewer import HAND, Reversal, Reviewer
from studio.review.rules import SCALES, NeedsLabel, RejectReason, alternatives
from studio.review.scripted_decisions import DecideReport, RowFailure, apply_decisions_csv

__all__ = [
    "HAND",
    "PROPOSALS_IN_PLAY",
    "SCALES",
    "DecideReport",
    "Decider",
    "Filter",
    "KeyGate",
    "NeedsLabel",
    "Order",
    "Pace",
    "RejectReason",
    "Reversal",
    "ReviewCounts",
    "ReviewPosition",
    "Reviewer",
    "RowFailure",
    "alternatives",
    "apply_decisions_csv",
    "box_queue",
    "boxes_in_play",
    "count_review",
    "deciders",
    "image_queue",
    "in_play",
    "load_position",
    "reviewers_of",
    "save_position",
    "weak_by_label",
]
