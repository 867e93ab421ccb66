namespace Fed.EndToEnd.Running;

/// <summary>Finds files of the repository from wherever the tests were built.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    public static string Quickstart { get; } = PathOf("hocon/quickstart.conf");

    public static string Contraception { get; } = PathOf("hocon/contraception.conf");

    public static string PathOf(string relative) => Path.Combine(Root, relative);

    private static string Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "FedActors.sln")))
                return folder.FullName;
        throw new InvalidOperationException($"no FedActors.sln above {AppContext.BaseDirectory}");
    }
}
