import * as fs from 'node:fs';
import * as path from 'node:path';

/** What other programs know, as measured from them: see the `source` in each file. */

const read = (name: string): unknown =>
  JSON.parse(fs.readFileSync(path.join(__dirname, '..', 'fixtures', name), 'utf8'));

/** Every key of gitlab-runner's config.toml. */
export const gitlabRunnerKeys = read('gitlab-runner-config.json') as {
  readonly left_out: readonly string[];
  readonly keys: readonly { readonly path: string; readonly type: string }[];
};

/** A field of Packer or one of its plugins. */
export interface PackerField {
  readonly name: string;
  readonly type: string;
  readonly required?: boolean;
  readonly fields?: readonly PackerField[];
}

/** Every field of the Packer blocks that we use. */
export const packerFields = read('packer-fields.json') as {
  readonly sources: Readonly<Record<string, readonly PackerField[]>>;
  readonly provisioners: Readonly<Record<string, readonly PackerField[]>>;
  readonly 'post-processors': Readonly<Record<string, readonly PackerField[]>>;
  readonly core: {
    readonly top_level_blocks: Readonly<Record<string, readonly string[]>>;
    readonly packer: readonly PackerField[];
    readonly build: readonly PackerField[];
    readonly build_blocks: Readonly<Record<string, readonly string[]>>;
    readonly provisioner_common: readonly PackerField[];
    readonly 'post-processor_common': readonly PackerField[];
  };
};
