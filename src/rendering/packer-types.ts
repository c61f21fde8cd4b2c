import type { Image } from '../config/model';

/**
 * A Packer template in HCL2 as JSON, with the fields that we use, as Packer reads them.
 * @see https://developer.hashicorp.com/packer/integrations/hashicorp/amazon/latest/components/builder/ebs
 */
export interface PackerTemplate {
  readonly source: { readonly 'amazon-ebs': Readonly<Record<string, AmazonEbs>> };
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
  readonly region: string;
  readonly assume_role?: { readonly role_arn: string; readonly session_name: string };
  readonly ami_name: string;
  readonly ami_description: string;
  readonly ami_users?: readonly string[];
  readonly ami_regions?: readonly string[];
  readonly region_kms_key_ids?: Readonly<Record<string, string>>;
  readonly encrypt_boot?: boolean;
  readonly kms_key_id?: string;
  readonly deprecate_at: string;
  readonly imds_support: 'v2.0';
  readonly source_ami_filter: {
    readonly filters: Readonly<Record<string, string>>;
    readonly owners: readonly string[];
    readonly most_recent: boolean;
  };
  readonly instance_type: string;
  readonly subnet_id: string;
  readonly associate_public_ip_address?: boolean;
  readonly iam_instance_profile?: string;
  readonly temporary_iam_instance_profile_policy_document?: {
    readonly Version: string;
    readonly Statement: readonly {
      readonly Effect: string;
      readonly Action: readonly string[];
      readonly Resource: readonly string[];
    }[];
  };
  readonly temporary_security_group_source_cidrs?: readonly string[];
  readonly temporary_security_group_source_public_ip?: boolean;
  readonly temporary_key_pair_type: 'ed25519';
  readonly metadata_options: {
    readonly http_endpoint: 'enabled';
    readonly http_tokens: 'required';
    readonly http_put_response_hop_limit: 1;
  };
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
  readonly aws_polling: { readonly delay_seconds: number; readonly max_attempts: number };
  readonly communicator: 'ssh';
  readonly ssh_interface: Image['build']['sshInterface'];
  readonly ssh_username: string;
  readonly ssh_timeout: string;
  readonly ssh_clear_authorized_keys: boolean;
  readonly run_tags: Readonly<Record<string, string>>;
  readonly run_volume_tags: Readonly<Record<string, string>>;
  readonly snapshot_tags: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
}
