using System.Collections.Immutable;
using Fed.Learning.External;

namespace Fed.Host.Trainers;

/// <summary>Where and how a site runs a trainer: checks its files against the plan, lays them into a folder of the site's own, and starts the process there.</summary>
/// <param name="options">The site's settings.</param>
/// <param name="folder">Of the site; emptied before the first start. Each process gets a folder of its own in it. Null takes a new temporary one.</param>
internal sealed class TrainerPlace(TrainerOptions options, string? folder)
{
    private int _starts;

    /// <summary>The site's settings.</summary>
    public TrainerOptions Options => options;

    /// <summary>The files as they are now, when they are those of the plan.</summary>
    /// <param name="sha256">Their hash in the plan.</param>
    /// <exception cref="TrainerException">They are others, or cannot be read.</exception>
    public TrainerFiles Verified(string sha256)
    {
        try
        {
            TrainerFiles files = TrainerFiles.Read(options.Files);
            return files.Sha256 == sha256
                ? files
                : throw new TrainerException($"its files ({string.Join(", ", options.Files)}) have the SHA-256 {files.Sha256}, and the plan says {sha256}; nothing was started");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new TrainerException(e.Message.TrimEnd('.'), e);
        }
    }

    /// <summary>Starts the process.</summary>
    /// <param name="files">Verified ones.</param>
    /// <param name="words">Takes what it writes to standard error.</param>
    /// <exception cref="TrainerException">There is no such program, or the folder cannot be written.</exception>
    public (TrainerProcess Process, string Folder) Start(TrainerFiles files, TrainerWords words)
    {
        try
        {
            string place = Make();
            files.WriteTo(place);
            return (TrainerProcess.Start([ProgramOf(place, files), .. options.Command[1..]], place, options.Environment, words), place);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new TrainerException(e.Message.TrimEnd('.'), e);
        }
    }

    /// <summary>Removes a folder that <see cref="Start"/> made; best effort.</summary>
    public void Remove(string place)
    {
        try
        {
            Directory.Delete(place, recursive: true);
            if (folder is not null && !Directory.EnumerateFileSystemEntries(folder).Any()) Directory.Delete(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Emptied by the next run.
        }
    }

    private string Make()
    {
        if (folder is null) return Directory.CreateTempSubdirectory("fed-trainer-").FullName;
        int start = Interlocked.Increment(ref _starts);
        if (start == 1 && Directory.Exists(folder)) Directory.Delete(folder, recursive: true);   // left by a run that was killed
        string place = Path.Combine(Path.GetFullPath(folder), $"{start}");
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(place);
        else Directory.CreateDirectory(place, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return place;
    }

    private string ProgramOf(string place, TrainerFiles files)
    {
        string program = options.Command[0];
        if (!Path.IsPathRooted(program))
            return files.Names.Contains(program, StringComparer.Ordinal) ? Path.Combine(place, program) : throw new IOException($"the program '{program}' is neither absolute nor one of the trainer's files; write its whole path");
        if (File.Exists(program)) return program;
        string hint = Path.GetFileName(program).StartsWith("python", StringComparison.Ordinal) ? "; on Debian: apt-get install python3 python3-numpy" : "";
        throw new IOException($"the program '{program}' does not exist{hint}");
    }
}
