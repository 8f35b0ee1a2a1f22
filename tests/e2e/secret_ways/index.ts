// The same resources as in program.py, as a program in TypeScript has them. It is read, not run.
import * as pulumi from "@pulumi/pulumi";
import * as aws from "@pulumi/aws";

const config = new pulumi.Config();
const base = { engine: "postgres", instanceClass: "db.t3.small", allocatedStorage: 20, username: "app" };
const passwords = { reporting: "Zt5pQw8xKc2mRv7nYb4h" };

new aws.rds.Instance("wrong-literal", { ...base, password: pulumi.secret("kX3vTq9ZrLw7bNs2YdFh") });
new aws.rds.Instance("wrong-concatenated", { ...base, password: pulumi.secret("Hq7wLm2x" + 'Vz9tKp4rBn6s') });
new aws.rds.Instance("wrong-formatted", { ...base, password: pulumi.secret(`Jd8fGk3m-euw1-Qs6vXn2c`) });
new aws.rds.Instance("wrong-attribute", { ...base, password: pulumi.secret(passwords.reporting) });
new aws.rds.Instance("wrong-config", { ...base, password: config.require("plainPassword") });
new aws.secretsmanager.SecretVersion("wrong-document", {
    secretId: "prod/orders",
    secretString: JSON.stringify({ username: "app", password: "Wc4nRt8yUi1oPa5sDf9g" }),
});
