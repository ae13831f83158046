"""Playback (轨迹回放) of one mover or thousands over a span: slices of time, a few bytes a fix."""
