"""The shared look: templates, template tags and built assets."""
