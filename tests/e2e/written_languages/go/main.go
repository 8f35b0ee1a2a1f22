// The same resources as in written/__main__.py, as a program in Go has them. It is read, not run.
package main

import (
	"encoding/json"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/ecr"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/ecs"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/s3"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/sqs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		bucket, err := s3.NewBucket(ctx, "uploads", nil)
		if err != nil {
			return err
		}
		queue, err := sqs.NewQueue(ctx, "jobs", nil)
		if err != nil {
			return err
		}
		repository, err := ecr.NewRepository(ctx, "api", nil)
		if err != nil {
			return err
		}
		_, err = iam.NewPolicy(ctx, "admin", &iam.PolicyArgs{
			Policy: bucket.Arn.ApplyT(func(arn string) (string, error) {
				document, err := json.Marshal(map[string]interface{}{
					"Version": "2012-10-17",
					"Statement": []map[string]interface{}{
						{"Effect": "Allow", "Action": "*", "Resource": []string{arn, arn + "/*"}},
						{"Effect": "Allow", "Action": "s3:GetObject", "Resource": arn},
					},
				})
				if err != nil {
					return "", err
				}
				return string(document), nil
			}).(pulumi.StringOutput),
		})
		if err != nil {
			return err
		}
		_, err = sqs.NewQueuePolicy(ctx, "open", &sqs.QueuePolicyArgs{
			QueueUrl: queue.ID(),
			Policy: pulumi.JSONMarshal(pulumi.Map{
				"Version": pulumi.String("2012-10-17"),
				"Statement": pulumi.MapArray{
					pulumi.Map{"Effect": pulumi.String("Allow"), "Principal": pulumi.String("*"), "Action": pulumi.String("sqs:*"), "Resource": queue.Arn},
				},
			}),
		})
		if err != nil {
			return err
		}
		_, err = ecs.NewTaskDefinition(ctx, "api", &ecs.TaskDefinitionArgs{
			Family: pulumi.String("api"),
			ContainerDefinitions: pulumi.All(repository.RepositoryUrl, queue.Url).ApplyT(func(args []interface{}) (string, error) {
				definitions, err := json.Marshal([]interface{}{
					map[string]interface{}{
						"name":  "api",
						"image": fmt.Sprintf("%s:latest", args[0]),
						"environment": []map[string]interface{}{
							{"name": "QUEUE_URL", "value": args[1]},
							{"name": "DB_PASSWORD", "value": "Correct-Horse-2024"},
						},
					},
				})
				return string(definitions), err
			}).(pulumi.StringOutput),
		})
		return err
	})
}
