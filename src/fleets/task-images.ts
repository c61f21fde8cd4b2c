import { Construct } from 'constructs';
import type { BuiltContainerImage, ContainerImage, FargateFleet } from '../config/fleet-model';
import type { RegistrySecret } from '../config/registries';
import { BuiltTaskImage, givenTaskImage, type TaskImage } from '../constructs/task-image';
import { arnOf } from '../policies/place';
import { repositoryArnsOf } from '../policies/task-execution';
import { buildContainerImageCommand } from '../rendering/commands';
import { containerImageTag } from '../rendering/container-image-tag';
import type { Shared } from './shared';

/** The container images of a fleet: ours are looked up once each. */
export class TaskImages extends Construct {
  /** ARNs of the ECR repositories that they are in. */
  readonly repositoryArns: readonly string[];
  /** Credentials of the registries of the others, as far as the fleet has any. */
  readonly secrets: readonly RegistrySecret[];
  private readonly built = new Map<string, BuiltTaskImage>();

  constructor(
    scope: Construct,
    id: string,
    fleet: FargateFleet,
    private readonly shared: Shared,
  ) {
    super(scope, id);
    const images = [fleet.managers.image, ...fleet.runners.map(({ task }) => task.image)];
    this.secrets = images.flatMap((image) => (image.kind === 'given' ? (image.credentials ?? []) : []));
    this.repositoryArns = images.flatMap((image) => this.repositoriesOf(image));
  }

  /** An image as a task definition takes it. */
  imageOf(image: ContainerImage): TaskImage {
    if (image.kind === 'given') return givenTaskImage(image.name);
    const key = `${image.image}-${image.architecture}`;
    const found = this.built.get(key) ?? this.lookUp(key, image);
    this.built.set(key, found);
    return found;
  }

  private lookUp(key: string, image: BuiltContainerImage): BuiltTaskImage {
    const { provisioning, environment } = this.shared;
    const { hash } = provisioning.containerImage(image);
    return new BuiltTaskImage(this, key, {
      repository: image.repository,
      hash,
      hashTag: containerImageTag(hash),
      buildCommand: buildContainerImageCommand(environment.name, image.image),
    });
  }

  private repositoriesOf(image: ContainerImage): string[] {
    const { place } = this.shared;
    return image.kind === 'given'
      ? repositoryArnsOf(image.name, place)
      : [arnOf(place, 'ecr', `repository/${image.repository}`)];
  }
}
