/** Names of torchvision's MobileNetV2 (`torchvision/models/mobilenetv2.py`), which snug's own network uses as well. */
import { channelsFirst, TORCH_NORM } from './channels-first.ts';
import type { NamingScheme } from './scheme.ts';

/** PyTorch's defaults: padding by 1 on each side, BatchNorm's epsilon 1e-5. */
export const torchvision: NamingScheme = {
  name: 'torchvision',
  signature: 'features.0.0.weight',
  example: 'features.1.conv.0.0.weight',
  conventions: () => ({ padding: 'symmetric', epsilon: 1e-5 }),
  constants: dict => ({
    ...channelsFirst(dict, {
      weights: module => `${module}.weight`,
      norm: module => module,
      endings: TORCH_NORM,
    }),
    linear: (module, outputs, inputs) => ({
      weights: dict.take(`${module}.weight`, [outputs, inputs]),
      bias: dict.take(`${module}.bias`, [outputs]),
    }),
  }),
};
