"""The field catalogue, section by section; `registry.projects.model.ProjectFields` joins the sections."""
