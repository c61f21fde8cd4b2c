/**
 * The emulated AWS, for `npm run emulate` and for the tests: finding and making what it needs, starting and
 * stopping it, and the environment in which commands run against it. Nothing here knows the model.
 */

export { emulatedEnvironment, type EmulatedEnvironmentProps } from './environment';
export { overrideTerraform, type OverrideOptions } from './override-terraform';
export { findProviderMirror } from './provider-mirror';
export { preparePython } from './python';
export { startEmulator, type Given, type RunningEmulator, type StartEmulatorProps } from './start-emulator';
export { terraformBinary, type TerraformBinary } from './terraform-binary';
