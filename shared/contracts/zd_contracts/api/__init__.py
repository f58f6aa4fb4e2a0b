"""HTTP types that another agency's code uses."""
