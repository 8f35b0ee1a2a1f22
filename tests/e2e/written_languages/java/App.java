// The same resources as in written/__main__.py, as a program in Java has them. It is read, not run.
package written;

import static com.pulumi.codegen.internal.Serialization.*;

import com.pulumi.Context;
import com.pulumi.Pulumi;
import com.pulumi.aws.ecr.Repository;
import com.pulumi.aws.ecs.TaskDefinition;
import com.pulumi.aws.ecs.TaskDefinitionArgs;
import com.pulumi.aws.iam.Policy;
import com.pulumi.aws.iam.PolicyArgs;
import com.pulumi.aws.s3.Bucket;
import com.pulumi.aws.sqs.Queue;
import com.pulumi.aws.sqs.QueuePolicy;
import com.pulumi.aws.sqs.QueuePolicyArgs;
import com.pulumi.core.Output;

public class App {
    public static void main(String[] args) {
        Pulumi.run(App::stack);
    }

    public static void stack(Context ctx) {
        var bucket = new Bucket("uploads");
        var queue = new Queue("jobs");
        var repository = new Repository("api");
        new Policy("admin", PolicyArgs.builder()
            .policy(bucket.arn().applyValue(arn -> serializeJson(jsonObject(
                jsonProperty("Version", "2012-10-17"),
                jsonProperty("Statement", jsonArray(
                    jsonObject(
                        jsonProperty("Effect", "Allow"),
                        jsonProperty("Action", "*"),
                        jsonProperty("Resource", jsonArray(arn, arn + "/*"))
                    ),
                    jsonObject(
                        jsonProperty("Effect", "Allow"),
                        jsonProperty("Action", "s3:GetObject"),
                        jsonProperty("Resource", arn)
                    )
                ))
            ))))
            .build());
        new QueuePolicy("open", QueuePolicyArgs.builder()
            .queueUrl(queue.id())
            .policy(queue.arn().applyValue(arn -> serializeJson(jsonObject(
                jsonProperty("Version", "2012-10-17"),
                jsonProperty("Statement", jsonArray(jsonObject(
                    jsonProperty("Effect", "Allow"),
                    jsonProperty("Principal", "*"),
                    jsonProperty("Action", "sqs:*"),
                    jsonProperty("Resource", arn)
                )))
            ))))
            .build());
        new TaskDefinition("api", TaskDefinitionArgs.builder()
            .family("api")
            .containerDefinitions(Output.tuple(repository.repositoryUrl(), queue.url()).applyValue(values ->
                serializeJson(jsonArray(jsonObject(
                    jsonProperty("name", "api"),
                    jsonProperty("image", values.t1 + ":latest"),
                    jsonProperty("environment", jsonArray(
                        jsonObject(jsonProperty("name", "QUEUE_URL"), jsonProperty("value", values.t2)),
                        jsonObject(jsonProperty("name", "DB_PASSWORD"), jsonProperty("value", "Correct-Horse-2024"))
                    ))
                )))))
            .build());
    }
}
