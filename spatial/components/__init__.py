"""City components (部件)."""
