/** The deployable source of a function. */
export interface Zip {
  /** Path from the folder of a synthesised stack, where Terraform runs. */
  readonly path: string;
  /** Hash of the file's bytes, in hex. */
  readonly sha256: string;
}
