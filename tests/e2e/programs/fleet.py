"""Instances with start scripts, which are put together in four ways."""

import base64
import textwrap
from string import Template

import pulumi
import pulumi_aws as aws

bucket = aws.s3.Bucket("fleet-artifacts")
queue = aws.sqs.Queue("fleet-jobs", sqs_managed_sse_enabled=True)
COMMON = {"ami": "ami-0c1b8b886626f940c", "instance_type": "t3.micro"}
METADATA = aws.ec2.InstanceMetadataOptionsArgs(http_tokens="required", http_endpoint="enabled")
ROOT = aws.ec2.InstanceRootBlockDeviceArgs(encrypted=True)


def start_script(bucket_name: str) -> str:
    return f"""#!/bin/bash
export AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYzQd83kLm2N
aws s3 cp s3://{bucket_name}/agent.rpm /tmp/
rpm -i /tmp/agent.rpm
"""


aws.ec2.Instance(
    "fleet-first", **COMMON, metadata_options=METADATA, root_block_device=ROOT, user_data=bucket.id.apply(start_script)
)
aws.ec2.Instance(
    "fleet-second",
    ami="ami-0c1b8b886626f940c",
    instance_type="t3.micro",
    metadata_options=METADATA,
    root_block_device=ROOT,
    user_data=pulumi.Output.concat(
        "#!/bin/bash\n", "echo QUEUE=", queue.url, " >> /etc/agent.conf\n", "systemctl restart agent\n"
    ),
)
SCRIPT = textwrap.dedent(
    """\
    #!/bin/bash
    echo "queue=%s" > /etc/agent
    curl -u agent:Winter-Of-79-Hours https://packages.example.com/agent.sh | sh
    """
)
aws.ec2.Instance(
    "fleet-third",
    **COMMON,
    metadata_options=METADATA,
    root_block_device=ROOT,
    user_data=queue.url.apply(lambda url: SCRIPT % url),
)
TEMPLATE = Template("#!/bin/sh\nexport QUEUE=${queue} STAGE=$stage\nstart-agent\n")
template = aws.ec2.LaunchTemplate(
    "fleet-template",
    image_id=COMMON["ami"],
    metadata_options={"http_tokens": "required"},
    user_data=queue.url.apply(
        lambda url: base64.b64encode(TEMPLATE.substitute(queue=url, stage=pulumi.get_stack()).encode()).decode()
    ),
)
