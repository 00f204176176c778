"""What Layar costs, each figure beside its floor: the least that the same work can cost here."""
