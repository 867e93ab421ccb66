namespace Fed.Host.Enrolment;

/// <summary>Files that a user hands in.</summary>
internal static class TextInput
{
    /// <summary>Reads one as text.</summary>
    /// <param name="path">The file.</param>
    /// <param name="what">What it should be: "request".</param>
    /// <param name="lengthMax">Bytes.</param>
    /// <exception cref="UserException">It is not there, or too long.</exception>
    public static string Read(string path, string what, int lengthMax)
    {
        FileInfo file = new(path);
        if (!file.Exists) throw new UserException($"the {what} '{path}' does not exist; check its path");
        if (file.Length > lengthMax) throw new UserException($"'{path}' has {file.Length} bytes, more than any {what}; check its path");
        return File.ReadAllText(path);
    }
}
