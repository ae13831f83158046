"""Coverages (网格体系): units, versions, codes and the point-to-unit answer."""
