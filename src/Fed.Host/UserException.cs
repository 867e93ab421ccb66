namespace Fed.Host;

/// <summary>Something the user asked for cannot be done. The message is one sentence that says what, where and what to do; the command ends with exit code 2.</summary>
internal class UserException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>A job was stopped by what a site sent, which no honest one can have: nobody asked for too much, so the command ends with exit code 1.</summary>
internal sealed class JobSpoiltException(string message) : UserException(message);
