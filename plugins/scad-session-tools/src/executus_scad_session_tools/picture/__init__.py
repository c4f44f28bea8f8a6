"""Pictures of a mesh, drawn here: OpenSCAD's own renderer needs a display, and ends with an empty file without one."""
