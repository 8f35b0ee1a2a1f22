"""What the modules of the program share."""

HASH_KEY = "payment"
COMPUTE = "ecs-tasks.amazonaws.com"
READ = ["dynamodb:GetItem", "dynamodb:Query"]
WRITE = [*READ, "dynamodb:PutItem", "dynamodb:UpdateItem"]
PUBLISH = ["sns:Publish"]
EVERYTHING = ["*"]
