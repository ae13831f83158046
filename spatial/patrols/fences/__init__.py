"""Electronic fences (电子围栏): areas that movers come to and leave, and what their tracks say of it."""
