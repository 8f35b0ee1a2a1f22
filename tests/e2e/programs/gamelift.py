"""Start scripts of launch templates and instances, by join, replace and format."""

import pulumi
import pulumi_aws as aws

bucket = aws.s3.Bucket("gamelift-builds")
stage = pulumi.Config().get("stage", "dev")
STEPS = [
    "yum -y update",
    "aws s3 cp s3://{bucket}/server.tar.gz .",
    "tar xzf server.tar.gz",
    "./server --stage {stage}",
]
BASE = {"ami": "ami-0c1b8b886626f940c", "instance_type": "t3.small"}
SAFE = {
    "metadata_options": {"http_tokens": "required", "http_endpoint": "enabled"},
    "root_block_device": {"encrypted": True},
}


def script(*steps: str, shell: str = "/bin/bash", **values: str) -> str:
    lines = [f"#!{shell}", "set -euo pipefail"]
    lines.extend(steps)
    return "\n".join(lines).format(**values) + "\n"


aws.ec2.Instance(
    "gamelift-plain",
    **BASE,
    **SAFE,
    user_data=bucket.id.apply(lambda name: script(*STEPS, bucket=name, stage=stage)),
)
aws.ec2.Instance(
    "gamelift-token",
    **BASE,
    **SAFE,
    user_data=bucket.id.apply(
        lambda name: script(
            *STEPS, "export GITHUB_TOKEN=ghp_q7Vw2xLr9TzKd4mHs8YbN5pGc3JfE6uAa1Bb", bucket=name, stage=stage
        )
    ),
)
PASSWORD = "Rather-Long-Pass-2025"
aws.ec2.Instance(
    "gamelift-password",
    **BASE,
    **SAFE,
    user_data="""#!/bin/bash
mysql -u admin -p'@PASSWORD@' -h db.internal < schema.sql
aws s3 sync s3://@BUCKET@ /srv
""".replace("@PASSWORD@", PASSWORD)
    if stage == "none"
    else bucket.id.apply(
        lambda name: "#!/bin/bash\nexport DB_PASSWORD=@PASSWORD@\naws s3 sync s3://@BUCKET@ /srv\n".replace(
            "@PASSWORD@", PASSWORD
        ).replace("@BUCKET@", name)
    ),
)
