"""The web: pages as text, and requests to services, both through the guard of the network."""
