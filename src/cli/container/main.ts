/** What knows the images of others: a bundle of its own. */
import { chooseImage, translate } from '../../config/environment/index.ts';

export const images = { chooseImage, translate };
