// What every component with plots shares: Plotly itself, and the page's colours. props.plotly is where Plotly.js is.

// Plotly is four megabytes: it comes from this server, when plots are first looked at.
function plotly() {
  window.digitPlotly ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = props.plotly;
    script.onload = () => resolve(window.Plotly);
    script.onerror = () => reject(new Error("Plotly did not load"));
    document.head.append(script);
  });
  return window.digitPlotly;
}

// Draws a figure as the server made it, in the element that it may be in already. Zoom and legend survive.
async function plot(target, { data, layout }) {
  const Plotly = await plotly();
  const options = { displayModeBar: false, responsive: true, showTips: false };
  Plotly.react(target, data, { ...layout, ...colours(layout) }, options);
}

// Text and grid in the page's own colours, light or dark.
function colours(layout) {
  const style = getComputedStyle(element);
  const grid = style.getPropertyValue("--plot-grid").trim();
  const font = { color: style.getPropertyValue("--plot-text").trim(), family: style.fontFamily, size: 12 };
  const axis = { gridcolor: grid, linecolor: grid };
  return {
    font,
    xaxis: { ...layout.xaxis, ...axis },
    yaxis: { ...layout.yaxis, ...axis },
    hoverlabel: { bgcolor: style.getPropertyValue("--plot-hover").trim(), bordercolor: grid, font },
  };
}

function onThemeChange(redraw) {
  new MutationObserver(redraw).observe(document.body, { attributes: true, attributeFilter: ["class"] });
}
