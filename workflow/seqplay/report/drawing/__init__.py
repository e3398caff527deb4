"""Charts as SVG, and text made safe for a page."""
