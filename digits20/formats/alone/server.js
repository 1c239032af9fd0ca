// Takes the place of the served page's server.js: the same questions, answered by the model within this file.

import { look as lookAt, units as unitsOf, why as whyOf } from "./answers.js";
import { byId } from "./dom.js";
import { grid } from "./images/grids.js";
import { Model } from "./trained.js";

const told = JSON.parse(byId("model-of-this-page").textContent);
const model = new Model(told);

export const models = async () => ({
  models: [
    {
      name: model.name,
      labels: model.labels,
      image_shape: model.shape,
      layer_sizes: model.widths,
      hidden: model.hidden,
    },
  ],
  not_sure: told.not_sure,
});
export const look = async (image, symbol) => ({ models: [lookAt(model, await greyOf(image), symbol)] });
export const why = async (image, _, off, symbol) => whyOf(model, await greyOf(image), off, symbol);
export const units = async () => unitsOf(model);

/** A model in the page always answers: nothing asks for this. */
export const gone = () => new Error("No answer");

/** The answer for pixels as the network's images have them: {label, scores, known}. */
export function predict(pixels) {
  const { scores, known } = model.see(pixels);
  return { label: model.labels[scores.indexOf(Math.max(...scores))], scores: [...scores], known };
}

/** A picture file as a grid of grey, 0 dark to 1 light. */
async function greyOf(file) {
  const image = await createImageBitmap(file);
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.width, image.height];
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, image.width, image.height);
  const grey = grid(image.height, image.width);
  grey.data.forEach((_, place) => {
    grey.data[place] = (data[4 * place] + data[4 * place + 1] + data[4 * place + 2]) / 765;
  });
  return grey;
}

/** Numbers, which the served page gets as base64. */
export const decoded = (values) => values;
export const signed = (values) => values;
