import type { Image } from '../config/image-model';
import type { Environment } from '../config/model';
import type { AmazonEbs, PackerTemplate, Provisioner } from './packer-types';
import { proxyVariables } from './proxy';
import { stockImages } from './stock-image';

/** The Packer template of an image. It lies beside a folder `provisioning`, and works from any working directory. */

/** Tag that carries the hash of everything that went into an image. */
export const imageHashTag = 'gitlab-runner-aws:image-hash';

/** Tag by which a builder's policy tells the build instance and its parts. */
export const buildTag = 'gitlab-runner-aws:image';

/** Versions of Packer and its amazon plugin; a file of its own, since Packer before 1.7 refuses it. */
export const packerPlugins = {
  packer: [
    {
      required_version: '>= 1.10.0',
      required_plugins: [{ amazon: { source: 'github.com/hashicorp/amazon', version: '>= 1.8.2, < 2.0.0' } }],
    },
  ],
} as const;

/** The distribution's own newest image. */
const sourceFilter = (
  { base, architecture }: Image,
  { aws }: Environment,
): AmazonEbs['source_ami_filter'] => ({
  filters: {
    name: stockImages[base].amiName(architecture),
    architecture,
    'root-device-type': 'ebs',
    'virtualization-type': 'hvm',
  },
  owners: [stockImages[base].owner(aws.partition)],
  most_recent: true,
});

/** Version of gitlab-runner on an image; machines of Docker Machine have none. */
const runnerVersion = ({ base, gitlabRunnerVersion }: Image): string | undefined =>
  base === 'amazon-linux-2023' ? gitlabRunnerVersion : undefined;

/** What an image is for. */
function describe(image: Image): string {
  const version = runnerVersion(image);
  return version === undefined ? 'machines of Docker Machine' : `gitlab-runner ${version}`;
}

/** What Session Manager needs on the build instance, and no more. */
const sessionPolicy: AmazonEbs['temporary_iam_instance_profile_policy_document'] = {
  Version: '2012-10-17',
  Statement: [
    {
      Effect: 'Allow',
      Action: [
        'ssm:UpdateInstanceInformation',
        'ssmmessages:CreateControlChannel',
        'ssmmessages:CreateDataChannel',
        'ssmmessages:OpenControlChannel',
        'ssmmessages:OpenDataChannel',
      ],
      Resource: ['*'],
    },
  ],
};

/** Addresses from which Packer may come, for each way to reach the build instance; never the whole internet. */
function reach({ sshInterface, iamInstanceProfile }: Image['build']): Partial<AmazonEbs> {
  const profile = iamInstanceProfile === undefined ? {} : { iam_instance_profile: iamInstanceProfile };
  switch (sshInterface) {
    case 'session_manager':
      return {
        ...(iamInstanceProfile === undefined
          ? { temporary_iam_instance_profile_policy_document: sessionPolicy }
          : profile),
        temporary_security_group_source_cidrs: ['127.0.0.1/32'],
      };
    case 'private_ip':
      return {
        ...profile,
        temporary_security_group_source_cidrs: [
          '10.0.0.0/8',
          '172.16.0.0/12',
          '192.168.0.0/16',
          '100.64.0.0/10',
        ],
      };
    case 'public_ip':
      return {
        ...profile,
        associate_public_ip_address: true,
        temporary_security_group_source_public_ip: true,
      };
  }
}

/** Copies need an encrypting copy in the build region too, and a key, or none, for each region. */
function copies({ copyToRegions }: Image, { aws, kmsKeyArn }: Environment): Partial<AmazonEbs> {
  if (copyToRegions.length === 0) return {};
  const regions = [{ region: aws.region, kmsKeyArn }, ...copyToRegions];
  return {
    encrypt_boot: true,
    ...(kmsKeyArn === undefined ? {} : { kms_key_id: kmsKeyArn }),
    ami_regions: regions.map(({ region }) => region),
    region_kms_key_ids: Object.fromEntries(regions.map((copy) => [copy.region, copy.kmsKeyArn ?? ''])),
  };
}

/** The AMI: its name, who may use it, and how long it is current. In HCL, `${` begins an expression. */
const target = (image: Image, environment: Environment, hash: string) => ({
  ami_name: `${labelOf(image, environment)}-${hash}-\${formatdate("YYYYMMDDhhmmss", timestamp())}`,
  ami_description: `${describe(image)} on ${image.base}`,
  ...(image.shareWithAccountIds.length === 0 ? {} : { ami_users: image.shareWithAccountIds }),
  ...copies(image, environment),
  deprecate_at: `\${timeadd(timestamp(), "${image.deprecateAfterDays * 24}h")}`,
  imds_support: 'v2.0' as const,
});

/** The build instance, and the volume that becomes the image. */
const instance = (image: Image, environment: Environment) => ({
  source_ami_filter: sourceFilter(image, environment),
  instance_type: image.build.instanceType,
  ...(image.build.subnetId === undefined ? {} : { subnet_id: image.build.subnetId }),
  temporary_key_pair_type: 'ed25519' as const,
  metadata_options: {
    http_endpoint: 'enabled',
    http_tokens: 'required',
    http_put_response_hop_limit: 1,
  } as const,
  launch_block_device_mappings: [
    {
      device_name: stockImages[image.base].rootDeviceName,
      volume_size: image.rootVolumeGib,
      volume_type: 'gp3' as const,
      iops: 3000 as const,
      throughput: 125 as const,
      delete_on_termination: true,
      encrypted: true,
      ...(environment.kmsKeyArn === undefined ? {} : { kms_key_id: environment.kmsKeyArn }),
    },
  ],
  aws_polling: { delay_seconds: 15, max_attempts: 240 },
});

const labelOf = (image: Image, { project }: Environment): string => `${project}-${image.name}`;

/** Tags of everything that a build makes, from its start; the hash comes last, so an image that has it is complete. */
function tagsOf(image: Image, environment: Environment, hash: string) {
  const version = runnerVersion(image);
  const run_tags = { ...environment.tags, Name: labelOf(image, environment), [buildTag]: image.name };
  return {
    run_tags,
    run_volume_tags: run_tags,
    snapshot_tags: run_tags,
    tags: {
      ...run_tags,
      [imageHashTag]: hash,
      ...(version === undefined ? {} : { 'gitlab-runner-aws:gitlab-runner-version': version }),
      'gitlab-runner-aws:base': image.base,
      'gitlab-runner-aws:base-ami': '{{ .SourceAMI }}',
      'gitlab-runner-aws:base-ami-name': '{{ .SourceAMIName }}',
    },
  };
}

const amazonEbs = (image: Image, environment: Environment, hash: string): AmazonEbs => {
  const { region, assumeRoleArn } = environment.aws;
  return {
    region,
    ...(assumeRoleArn === undefined
      ? {}
      : { assume_role: { role_arn: assumeRoleArn, session_name: 'packer' } }),
    ...target(image, environment, hash),
    ...instance(image, environment),
    communicator: 'ssh',
    ssh_interface: image.build.sshInterface,
    ssh_username: stockImages[image.base].user,
    ssh_timeout: '10m',
    ssh_clear_authorized_keys: true,
    ...reach(image.build),
    ...tagsOf(image, environment, hash),
  };
};

const shell = (...inline: string[]): Provisioner => ({ shell: { inline } });

/** Provisions the machine, through the proxy if there is one: by variables of this one command, so that none is left in the image. */
function provision(environment: Environment): Provisioner {
  const variables = Object.entries(proxyVariables(environment)).map(([name, value]) => `${name}='${value}'`);
  const asRoot = variables.length === 0 ? 'sudo' : ['sudo env', ...variables].join(' ');
  return shell(`${asRoot} bash /tmp/provisioning/scripts/provision.sh`);
}

/** The folder goes away with the rest, and so do the keys: one script, since nobody could log in for a second one. */
const cleanUp = shell(
  'sudo cp /tmp/provisioning/scripts/check-clean.sh /run/check-clean.sh',
  'sudo bash /tmp/provisioning/scripts/clean-up.sh',
  'sudo bash /run/check-clean.sh',
);

/** The template of an image whose provisioning folder has this hash. */
export function renderPackerTemplate(image: Image, environment: Environment, hash: string): PackerTemplate {
  return {
    source: { 'amazon-ebs': { [image.name]: amazonEbs(image, environment, hash) } },
    build: [
      {
        name: `${environment.project}-${image.name}`,
        sources: [`source.amazon-ebs.${image.name}`],
        provisioner: [
          // 2: ready, with something to be known, which Ubuntu says of settings that are merely old.
          shell('sudo cloud-init status --wait || [ $? -eq 2 ]'),
          { file: { source: '${path.root}/provisioning', destination: '/tmp' } },
          provision(environment),
          cleanUp,
        ],
        'post-processor': [
          {
            manifest: {
              output: '${path.root}/manifest.json',
              strip_path: true,
              custom_data: { environment: environment.name, image: image.name, hash },
            },
          },
        ],
      },
    ],
  };
}
