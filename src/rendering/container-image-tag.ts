/**
 * Tag of an ECR repository that says that it has the image of this hash. `docker:build` sets it after a push, and a
 * stack looks for it: Terraform fails where it looks for an image that is missing, also when all is to be destroyed.
 */
export const containerImageTag = (hash: string): string => `gitlab-runner-aws:image-${hash}`;
