"""What a run of the policies comes to, in the formats that people and tools read. Each format is a file."""
