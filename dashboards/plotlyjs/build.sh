#!/bin/sh
# Builds plotly.min.js beside this file: only what our figures use (scatter is in the core, bar, heatmap).
# Run it when the version of plotly.py changes; VERSION must be the plotly.js that plotly.py ships
# (first line of plotly/package_data/plotly.min.js). Needs npm; the running product does not.
set -eu
VERSION="${1:-4.1.1}"
HERE="$(cd "$(dirname "$0")" && pwd)"
WORK="$(mktemp -d)"
trap 'rm -rf "$WORK"' EXIT
cd "$WORK"
npm init -y >/dev/null
npm install --no-audit --no-fund --ignore-scripts --silent "plotly.js@$VERSION" esbuild
node node_modules/esbuild/install.js
cat >entry.js <<'JS'
var Plotly = require('plotly.js/lib/core');
Plotly.register([require('plotly.js/lib/bar'), require('plotly.js/lib/heatmap')]);
module.exports = Plotly;
JS
npx esbuild entry.js --bundle --minify --format=iife --global-name=Plotly --define:global=window \
  --loader:.css=text --legal-comments=none --target=es2019 \
  --banner:js="/* plotly.js v$VERSION, core + bar + heatmap. Copyright Plotly, Inc. MIT licence, see Plotly-LICENSE.txt */" \
  --outfile=plotly.min.js
cp plotly.min.js "$HERE/plotly.min.js"
cp node_modules/plotly.js/LICENSE "$HERE/Plotly-LICENSE.txt"
