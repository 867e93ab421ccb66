using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Fed.Cluster.Servers;

/// <summary>How a server from an installed package is run on this machine beside its service: under root as the package's own user, since PostgreSQL refuses root and no server needs it.</summary>
public static class ServerAccount
{
    /// <summary>True where a user of the package must be taken on.</summary>
    public static bool IsRoot => Environment.UserName == "root";

    /// <summary>A command line, under root as another user.</summary>
    public static ProcessStartInfo As(string user, string folder, string program, params ReadOnlySpan<string> arguments)
    {
        string[] line = [program, .. arguments];
        if (IsRoot) line = ["setpriv", $"--reuid={user}", $"--regid={user}", "--clear-groups", .. line];
        return new ProcessStartInfo(line[0], line[1..]) { WorkingDirectory = folder, UseShellExecute = false };
    }

    /// <summary>Gives a folder, with all in it, to the user under whom its server will run.</summary>
    /// <exception cref="IOException">It cannot be given.</exception>
    public static void Own(string user, string folder)
    {
        if (IsRoot) Run(new ProcessStartInfo("chown", ["-R", $"{user}:{user}", folder]));
    }

    /// <summary>True where the user under whom a server will run can get to a folder: every folder above it must let others pass.</summary>
    public static bool CanReach(string user, string folder)
    {
        if (!IsRoot) return true;
        using Process test = Process.Start(As(user, "/", "test", "-x", folder)) ?? throw new IOException("setpriv could not be started");
        test.WaitForExit();
        return test.ExitCode == 0;
    }

    /// <summary>A port that is free now. It may be taken a moment later: whoever starts a server on it tries another one then.</summary>
    public static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Runs a program to its end.</summary>
    /// <returns>What it wrote to standard output.</returns>
    /// <exception cref="IOException">It failed; the message has what it said.</exception>
    public static string Run(ProcessStartInfo start)
    {
        (start.RedirectStandardOutput, start.RedirectStandardError, start.UseShellExecute) = (true, true, false);
        using Process process = Process.Start(start) ?? throw new IOException($"{start.FileName} could not be started");
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0) throw new IOException($"{start.FileName} {string.Join(' ', start.ArgumentList)} failed: {error.Trim()} {output.Result.Trim()}".TrimEnd());
        return output.Result;
    }
}
