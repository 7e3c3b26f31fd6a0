document.documentElement.dataset.scripted = "";
