// The steps from layer to layer on the Why tab, and what is said at each.

/** For each step what is said above, and title and text of the panel; the last, "outputs", tells the answer and its sum. */
export const STEPS = {
  drawing: ["The drawing, as the network receives it.", "", ""],
  maps: [
    "The feature maps of the first convolution: bright where their weights fit the ink.",
    "Feature maps",
    "Point at one for its weights; click to switch it off.",
  ],
  units: [
    "The hidden units light up where their weights fit what they receive.",
    "Hidden units",
    "Point at one for its sum; click to switch it off.",
  ],
};

/** The step after this one; after the last the first. told: the answer of /why. */
export function after(step, told) {
  const steps = ["drawing", ...(told.maps ? ["maps"] : []), "units", "outputs"];
  return steps[(steps.indexOf(step) + 1) % steps.length];
}
