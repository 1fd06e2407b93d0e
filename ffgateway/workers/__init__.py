"""Time: loops without opinions."""
