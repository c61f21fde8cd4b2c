import type { Image } from '../config/image-model';

/**
 * A Packer template in HCL2 as JSON, with the fields that we use, as Packer reads them.
 * @see https://developer.hashicorp.com/packer/integrations/hashicorp/amazon/latest/components/builder/ebs
 */
export interface PackerTemplate {
  /** The builder, under the image's name. */
  readonly source: { readonly 'amazon-ebs': Readonly<Record<string, AmazonEbs>> };
  /** What is done with it. */
  readonly build: readonly [PackerBuild];
}

/** What happens on the build instance, and after it. */
interface PackerBuild {
  readonly name: string;
  readonly sources: readonly string[];
  readonly provisioner: readonly Provisioner[];
  readonly 'post-processor': readonly { readonly manifest: Manifest }[];
}

/** One step on the build instance. */
export type Provisioner =
  | { readonly shell: { readonly inline: readonly string[] } }
  | { readonly file: { readonly source: string; readonly destination: string } };

/** The file that lists what was built. */
interface Manifest {
  readonly output: string;
  readonly strip_path: boolean;
  readonly custom_data: Readonly<Record<string, string>>;
}

/** The builder of an AMI. */
export interface AmazonEbs {
  /** Region of the build. */
  readonly region: string;
  /** Role that Packer assumes. @default none: the credentials as they are */
  readonly assume_role?: { readonly role_arn: string; readonly session_name: string };
  /** Name of the AMI; at most 128 characters, and none that exists. */
  readonly ami_name: string;
  /** Description of the AMI. */
  readonly ami_description: string;
  /** Accounts that may launch it. @default none */
  readonly ami_users?: readonly string[];
  /** Regions that get it, the one of the build included. @default the one of the build */
  readonly ami_regions?: readonly string[];
  /** Key of each of those regions; empty: the default one. Must name the same regions. */
  readonly region_kms_key_ids?: Readonly<Record<string, string>>;
  /** Makes an encrypting copy; needed for copies with keys. @default no copy */
  readonly encrypt_boot?: boolean;
  /** Key of that copy in the region of the build. Needs `encrypt_boot`. */
  readonly kms_key_id?: string;
  /** When AWS marks the AMI as deprecated; RFC 3339. */
  readonly deprecate_at: string;
  /** Instances of the AMI demand session tokens of the metadata service. */
  readonly imds_support: 'v2.0';
  /** Which AMI to build on; `owners` is a must. */
  readonly source_ami_filter: {
    readonly filters: Readonly<Record<string, string>>;
    readonly owners: readonly string[];
    readonly most_recent: boolean;
  };
  /** Instance type of the build. */
  readonly instance_type: string;
  /** Subnet of the build. @default one of the account's default VPC */
  readonly subnet_id?: string;
  /** Public address for the build instance. @default as the subnet has it */
  readonly associate_public_ip_address?: boolean;
  /** Instance profile that exists. @default none */
  readonly iam_instance_profile?: string;
  /** Policy of a profile that is made for the build. @default none */
  readonly temporary_iam_instance_profile_policy_document?: {
    readonly Version: string;
    readonly Statement: readonly {
      readonly Effect: string;
      readonly Action: readonly string[];
      readonly Resource: readonly string[];
    }[];
  };
  /** Who may reach port 22 of the build instance. Never left out: the default is everybody. */
  readonly temporary_security_group_source_cidrs?: readonly string[];
  /** Only Packer's own public address may. */
  readonly temporary_security_group_source_public_ip?: boolean;
  /** Kind of the SSH key that is made for the build. */
  readonly temporary_key_pair_type: 'ed25519';
  /** Metadata service of the build instance. */
  readonly metadata_options: {
    readonly http_endpoint: 'enabled';
    readonly http_tokens: 'required';
    readonly http_put_response_hop_limit: 1;
  };
  /** Volumes of the build instance, which become those of the AMI. */
  readonly launch_block_device_mappings: readonly {
    readonly device_name: string;
    readonly volume_size: number;
    readonly volume_type: 'gp3';
    readonly iops: 3000;
    readonly throughput: 125;
    readonly delete_on_termination: boolean;
    readonly encrypted: boolean;
    readonly kms_key_id?: string;
  }[];
  /** How long to wait for AMIs: copies take long. */
  readonly aws_polling: { readonly delay_seconds: number; readonly max_attempts: number };
  /** How steps reach the build instance. */
  readonly communicator: 'ssh';
  /** By which address, or through Session Manager. */
  readonly ssh_interface: Image['build']['sshInterface'];
  /** User to log in as; may use sudo. */
  readonly ssh_username: string;
  /** How long to wait for SSH. */
  readonly ssh_timeout: string;
  /** Takes the key of the build away at its end. */
  readonly ssh_clear_authorized_keys: boolean;
  /** Tags of what the build makes, from its start. */
  readonly run_tags: Readonly<Record<string, string>>;
  /** Tags of the build instance's volumes. */
  readonly run_volume_tags: Readonly<Record<string, string>>;
  /** Tags of the snapshots. */
  readonly snapshot_tags: Readonly<Record<string, string>>;
  /** Tags of the finished AMI and its snapshots; they come last. */
  readonly tags: Readonly<Record<string, string>>;
}
