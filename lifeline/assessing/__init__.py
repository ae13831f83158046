"""An alarm, and the answer to it: what it means, who is cut off, who is near, what there is to confirm."""
