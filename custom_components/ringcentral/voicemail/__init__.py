"""New voicemails of the signed-in user."""
