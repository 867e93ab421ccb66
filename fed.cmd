@echo off
rem Builds FedActors when needed, then runs the fed command with the caller's arguments.
setlocal
set DOTNET_CLI_TELEMETRY_OPTOUT=1
set DOTNET_NOLOGO=1
dotnet build "%~dp0src\Fed.Host\Fed.Host.csproj" -c Release -v quiet --nologo -o "%~dp0artifacts\fed\bin" >"%TEMP%\fed-build.log" 2>&1
if errorlevel 1 (type "%TEMP%\fed-build.log" 1>&2 & echo fed: the build failed 1>&2 & exit /b 1)
dotnet "%~dp0artifacts\fed\bin\fed.dll" %*
exit /b %errorlevel%
