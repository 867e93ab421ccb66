namespace Fed.Actors.Tests.Architecture;

/// <summary>The source tree that the tests were built from.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    public static string PathOf(params string[] parts) => Path.Combine([Root, .. parts]);

    /// <summary>The checked-in text of a golden file; with FED_UPDATE_GOLDEN=1 the file is written anew first, for a reviewer to read the difference.</summary>
    public static string Golden(string path, string actual)
    {
        if (Environment.GetEnvironmentVariable("FED_UPDATE_GOLDEN") == "1") File.WriteAllText(path, actual);
        return File.ReadAllText(path);
    }

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "FedActors.sln"))) return folder.FullName;
        throw new DirectoryNotFoundException($"no FedActors.sln above {AppContext.BaseDirectory}");
    }
}
