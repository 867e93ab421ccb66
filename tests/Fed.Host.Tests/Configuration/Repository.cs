namespace Fed.Host.Tests.Configuration;

/// <summary>Finds files of the repository from wherever the tests were built.</summary>
internal static class Repository
{
    private static readonly string Root = Find();

    public static string File(string path) => Path.Combine(Root, path);

    private static string Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (System.IO.File.Exists(Path.Combine(folder.FullName, "FedActors.sln")))
                return folder.FullName;
        throw new InvalidOperationException($"no FedActors.sln above {AppContext.BaseDirectory}");
    }
}
