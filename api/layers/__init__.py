"""What a layer says, and for whom."""
