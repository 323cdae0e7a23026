"""One project on disk: schema, images, boxes, events, settings, snapshots."""
