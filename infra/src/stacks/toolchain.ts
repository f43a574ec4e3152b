import { type App, LocalBackend, TerraformOutput, TerraformResource, TerraformStack } from 'cdktf';

/**
 * A stack with one built-in resource and no cloud: `npm run deploy -- toolchain` shows that Node, the CDKTF
 * command line and Terraform work together before anything costs money.
 */
export function toolchainStack(app: App): TerraformStack {
  const stack = new TerraformStack(app, 'toolchain');
  new LocalBackend(stack, { path: '../../../state/toolchain.tfstate' });
  const greeting = new TerraformResource(stack, 'greeting', {
    terraformResourceType: 'terraform_data',
  });
  greeting.addOverride('input', 'The toolchain works');
  new TerraformOutput(stack, 'message', {
    value: `\${${greeting.fqn}.output}`,
    staticId: true,
  });
  return stack;
}
