"""Queues, decisions, undo and pace of the reviewer."""
