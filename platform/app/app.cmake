# The program, and signalbox_app: everything of it but main(), for the flow tests.
