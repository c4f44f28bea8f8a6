"""OpenSCAD models: write, look at, check, measure, export."""
