"""Tags: that every resource tells what it belongs to and who pays."""
