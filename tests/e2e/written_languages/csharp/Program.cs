// The same resources as in written/__main__.py, as a program in C# has them. It is read, not run.
using System.Collections.Generic;
using System.Text.Json;
using Pulumi;
using Pulumi.Aws.Ecr;
using Pulumi.Aws.Ecs;
using Pulumi.Aws.Sqs;
using Aws = Pulumi.Aws;

return await Deployment.RunAsync(() =>
{
    var bucket = new Aws.S3.Bucket("uploads");
    var queue = new Queue("jobs");
    var repository = new Repository("api");
    new Aws.Iam.Policy("admin", new Aws.Iam.PolicyArgs
    {
        PolicyDocument = bucket.Arn.Apply(arn => JsonSerializer.Serialize(new Dictionary<string, object?>
        {
            ["Version"] = "2012-10-17",
            ["Statement"] = new[]
            {
                new Dictionary<string, object?> { ["Effect"] = "Allow", ["Action"] = "*", ["Resource"] = new[] { arn, $"{arn}/*" } },
                new Dictionary<string, object?> { ["Effect"] = "Allow", ["Action"] = "s3:GetObject", ["Resource"] = arn },
            },
        })),
    });
    new QueuePolicy("open", new QueuePolicyArgs
    {
        QueueUrl = queue.Id,
        Policy = Output.JsonSerialize(Output.Create(new
        {
            Version = "2012-10-17",
            Statement = new[] { new { Effect = "Allow", Principal = "*", Action = "sqs:*", Resource = queue.Arn } },
        })),
    });
    new TaskDefinition("api", new TaskDefinitionArgs
    {
        Family = "api",
        ContainerDefinitions = Output.Tuple(repository.RepositoryUrl, queue.Url).Apply(t =>
        {
            var (image, url) = t;
            return JsonSerializer.Serialize(new[]
            {
                new
                {
                    name = "api",
                    image = $"{image}:latest",
                    environment = new[]
                    {
                        new { name = "QUEUE_URL", value = url },
                        new { name = "DB_PASSWORD", value = "Correct-Horse-2024" },
                    },
                },
            });
        }),
    });
});
