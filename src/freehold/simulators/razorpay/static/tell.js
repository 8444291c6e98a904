/* Inside the frame: tell the merchant's page what happened. */
(() => {
  "use strict";
  const told = document.getElementById("told").dataset;
  parent.postMessage({ kind: told.kind, result: JSON.parse(told.result) }, told.origin);
})();
